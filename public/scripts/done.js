// After a button that loads the page again: `#…` names the button, which has the focus again, and what follows it holds the words that say
// what was done (`data-said`). They are put in once the page is read, without which nothing would be announced.

const PAUSE_MS = 300;

function say() {
  const button = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const said = button?.nextElementSibling;
  if (!said?.dataset.said) return;
  button.focus();
  said.textContent = said.dataset.said;
  // Loading the page once more does nothing more.
  history.replaceState(history.state, "", location.pathname + location.search);
}

addEventListener("load", () => setTimeout(say, PAUSE_MS));
