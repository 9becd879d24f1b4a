import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Where the page is narrower, parts of it are folded until they are wanted: so that pictures are near each other, and one is on the first screen. */
const wide = matchMedia("(min-width: 60rem)");
/** Where it is this narrow, parts stand one below the other, in another order. lab.css has the same width. */
const narrow = matchMedia("(max-width: 45rem)");

/** Whether a width holds, of the page as it is now. A reader may change what the signal says, until the page's width does. */
function useMatch(query: MediaQueryList): Signal<boolean> {
  const matches = useSignal(query.matches);
  useEffect(() => {
    const follow = () => {
      matches.value = query.matches;
    };
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  return matches;
}

/** Whether a part of the page is open: it opens and folds with the page's width, and by hand. */
export const useWide = (): Signal<boolean> => useMatch(wide);
export const useNarrow = (): boolean => useMatch(narrow).value;
