// After a button that loads the page again. `#…` names what was pressed, which has the focus again; what follows it may hold the words that
// say what was done (`data-said`). What the page itself says of it (`data-notice`) has the focus instead: it is read, and what undoes it
// comes next. Words are put in once the page is read, without which nothing would be announced.

const PAUSE_MS = 300;
/** What the address says of what was just done: loading the page once more, keeping its address or handing it on does nothing more. */
const MESSAGES = ["erreur", "retire", "revoque", "donne", "fait", "refus"];

function say() {
  const pressed = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const isPressed = pressed && pressed.matches("button, summary");
  const notice = document.querySelector("[data-notice]");
  // Whoever has already gone elsewhere in the page stays there.
  const hasMoved = ![document.body, pressed].includes(document.activeElement);
  if (notice) {
    if (!hasMoved) notice.focus();
  } else if (isPressed) {
    if (!hasMoved) pressed.focus();
    const said = pressed.nextElementSibling;
    if (said?.dataset.said) said.textContent = said.dataset.said;
  }
  forget(isPressed);
}

/** Takes what was said away from the address. */
function forget(withPlace) {
  const pairs = location.search.slice(1).split("&").filter(Boolean);
  const kept = pairs.filter((pair) => !MESSAGES.includes(pair.split("=")[0]));
  if (kept.length === pairs.length && !withPlace) return;
  const query = kept.length > 0 ? `?${kept.join("&")}` : "";
  history.replaceState(history.state, "", location.pathname + query + (withPlace ? "" : location.hash));
}

addEventListener("load", () => setTimeout(say, PAUSE_MS));
