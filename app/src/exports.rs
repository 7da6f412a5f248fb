//! What the pages of exports show. The server puts it in the context of the request; the pages are HTML that the server alone makes.

/// The page of exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportsPage {
    /// The requests, the last first.
    pub lines: Vec<ExportLine>,
    /// Where they are among all of them.
    pub pages: Pages,
    /// What is said first: what a form came to.
    pub said: Option<Said>,
    /// How many days files are kept.
    pub days: u32,
    /// Whether a mail says that a file is there.
    pub mails: bool,
    /// Whether it does on a page of the demonstration.
    pub mails_are_shown: bool,
}

/// Where a page is in a list that has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pages {
    /// Its number, from 1 on.
    pub page: u32,
    /// The number of the last one.
    pub last: u32,
    /// How many there are on all of them.
    pub total: u64,
}

/// A sentence about what was just done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It was done.
    Done(String),
    /// It was not.
    Refused(String),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportLine {
    /// Its identifier.
    pub id: String,
    /// The question, in words.
    pub title: String,
    /// The school, by its name.
    pub school: String,
    /// The format, in words.
    pub format: String,
    /// The name of the format.
    pub format_slug: String,
    /// The address form of the question.
    pub question: String,
    /// How far it is.
    pub state: LineState,
    /// Who asked.
    pub asked_by: String,
    /// When, in words.
    pub asked_at: String,
    /// Whether whoever looks asked, and may therefore give it up or ask again.
    pub is_own: bool,
    /// Whether whoever looks has not seen yet that it is ready.
    pub is_new: bool,
    /// Who took the file and when, in words, the last first; no more than a page shows.
    pub takings: Vec<String>,
    /// How many times it was taken.
    pub taken: u64,
}

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineState {
    /// So many come before it.
    Waiting {
        /// How many.
        before: u64,
        /// Whether it was begun before.
        again: bool,
    },
    /// It is being made: percents, when they are known.
    Running(Option<u8>),
    /// The file is there.
    Ready(LineFile),
    /// There is no file, and why.
    Failed(String),
    /// It was given up.
    Cancelled,
    /// The file was erased when its time was over.
    Expired,
    /// The file is not on the server any more, before its time.
    Lost,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFile {
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// How many rows of data.
    pub rows: u64,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// How many days it stays, today not counted.
    pub days_left: i64,
}

impl LineState {
    /// A name for the script of the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Running(_) => "running",
            Self::Ready(_) => "ready",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Lost => "lost",
        }
    }

    /// Whether it will change by itself.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Waiting { .. } | Self::Running(_))
    }
}

/// The page that says what a file would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExportPage {
    /// The address form of the question, as it was asked.
    pub question: String,
    /// What the file would be, or why there is none.
    pub offer: Result<ExportOffer, Refused>,
    /// How many days files are kept.
    pub days: u32,
    /// Whether a mail says that a file is there.
    pub mails: bool,
}

/// Why there is no file, and what would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The sentence.
    pub sentence: String,
    /// The status of the page.
    pub status: u16,
    /// Questions that may be asked instead: in words, and their address form.
    pub instead: Vec<(String, String)>,
}

/// What a file would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportOffer {
    /// The question, in words.
    pub title: String,
    /// How many rows of data.
    pub rows: u64,
    /// The formats.
    pub formats: Vec<OfferedFormat>,
    /// The columns.
    pub columns: Vec<OfferedColumn>,
    /// How long a period a file covers at most, in a sentence.
    pub window: String,
    /// How many files may still be asked for today, when there are few.
    pub left: Option<u32>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedColumn {
    /// Its head.
    pub head: &'static str,
    /// Whether its cells are numbers.
    pub is_number: bool,
}

/// A format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedFormat {
    /// Its name in the form.
    pub slug: &'static str,
    /// In words.
    pub label: &'static str,
    /// How many bytes the file would have, about.
    pub bytes: u64,
    /// The first rows, as they will be read.
    pub first: Vec<Vec<String>>,
}

/// The mails of the demonstration, the last first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoMailsPage(pub Vec<ShownMail>);

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownMail {
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The same as HTML: what is in the body of the document.
    pub html: String,
    /// When it was sent, in words.
    pub at: String,
}
