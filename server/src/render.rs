//! Drawing charts on the server.
