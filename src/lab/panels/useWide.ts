import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Where the page is narrower, parts of it are folded until they are wanted: so that pictures are near each other, and one is on the first screen. */
const wide = matchMedia("(min-width: 60rem)");

/** Whether a part of the page is open: it opens and folds with the page's width, and by hand. */
export function useWide(): Signal<boolean> {
  const isOpen = useSignal(wide.matches);
  useEffect(() => {
    const follow = () => {
      isOpen.value = wide.matches;
    };
    wide.addEventListener("change", follow);
    return () => wide.removeEventListener("change", follow);
  }, []);
  return isOpen;
}
