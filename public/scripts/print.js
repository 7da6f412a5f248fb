// On paper the résumé is open, whether it was or not; on the screen it is then as it was.

const CLOSED = "details.summary:not([open])";
let opened = [];

addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll(CLOSED)];
  for (const summary of opened) summary.open = true;
});

addEventListener("afterprint", () => {
  for (const summary of opened) summary.open = false;
});
