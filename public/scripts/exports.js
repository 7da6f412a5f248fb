// The page of exports, where there is a script: the list follows what is being made and says when a file is ready. Everything works
// without it.

const message = () => document.querySelector("[data-exports-message]");
const list = () => document.querySelector("[data-exports]");
const PAUSE_MS = 1500;

/** Puts the list of a page that was just loaded in the place of the one that is shown. */
async function refresh() {
  const answer = await fetch(location.pathname + location.search);
  if (!answer.ok) return;
  const loaded = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-exports]");
  if (!loaded) return;
  const focused = document.activeElement?.closest("[data-export]")?.dataset.export;
  list().replaceWith(loaded);
  // Whoever was on a line stays on it.
  if (focused) loaded.querySelector(`[data-export="${focused}"] a`)?.focus();
}

/** Shows how far each export is; whether one of them ended. */
async function look() {
  const answer = await fetch("/exports/etat");
  if (!answer.ok) return false;
  const { exports } = await answer.json();
  let ended = false;
  for (const { id, code, words, announcement } of exports) {
    const line = document.querySelector(`[data-export="${id}"] [data-state]`);
    if (!line) continue;
    if (line.dataset.state !== code && announcement) {
      ended = true;
      message().textContent = announcement;
    }
    if (line.textContent !== words) line.textContent = words;
  }
  return ended;
}

async function follow() {
  while (list()?.hasAttribute("data-pending")) {
    // Nobody looks at a hidden page: nothing is asked for it.
    if (document.visibilityState === "visible") {
      try {
        if (await look()) await refresh();
      } catch {
        // The network comes back, or the page is loaded again.
      }
    }
    await new Promise((next) => setTimeout(next, PAUSE_MS));
  }
}

follow();
