import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { csvOf } from "../../sweep/csv.ts";
import { download, svgOf } from "../download.ts";

/** Text of the page, in CSS pixels, beside which that of figures is drawn as it is; with larger text they grow. */
const usualText = 17;

/** The width of an element in the measure of figures, so that their text stays legible, and CSS pixels in a unit of that. */
export function useWidth<E extends HTMLElement>(initial: number): [{ current: E | null }, number, zoom: number] {
  const box = useRef<E>(null);
  const [[width, zoom], setSize] = useState([initial, 1]);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const text = Number.parseFloat(getComputedStyle(document.body).fontSize);
      const zoom = Math.max(1, text / usualText);
      setSize([Math.max(200, Math.round(entry.contentRect.width / zoom)), zoom]);
    });
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width, zoom];
}

export interface Table {
  header: string[];
  rows: (string | number | undefined)[][];
}

const shown = (cell: string | number | undefined) => (typeof cell === "number" ? String(Number(cell.toPrecision(4))) : (cell ?? ""));

/** A picture with the sentence that says what it shows, its numbers as a table, and both to take away. */
export function Figure({ name, title, caption, table, isDrawn = true, children }: FigureProps) {
  const figure = useRef<HTMLElement>(null);
  const [isOpen, setOpen] = useState(false);
  const data = isOpen ? table() : undefined;
  const saveSvg = () => {
    const svg = figure.current?.querySelector("svg");
    if (svg) download(`${name}.svg`, svgOf(svg), "image/svg+xml");
  };
  const saveCsv = () => {
    const { header, rows } = table();
    download(`${name}.csv`, csvOf(header, rows), "text/csv");
  };
  return (
    <figure ref={figure} aria-label={title}>
      <h3>{title}</h3>
      {children}
      <figcaption>{caption}</figcaption>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Numbers</summary>
        <p class="buttons">
          <button type="button" onClick={saveCsv} aria-label={`${title}: CSV`}>
            CSV
          </button>
          {isDrawn && (
            <button type="button" onClick={saveSvg} aria-label={`${title}: SVG`}>
              SVG
            </button>
          )}
        </p>
        {data && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
          <section class="scroll" tabIndex={0} aria-label={`${title}, as a table`}>
            <table>
              <TableHead cells={data.header} />
              <tbody>
                {data.rows.map((row) => (
                  <tr key={row[0]}>
                    {row.map((cell, i) => (
                      <td key={data.header[i]}>{shown(cell)}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      </details>
    </figure>
  );
}

export function TableHead({ cells }: { cells: readonly string[] }) {
  return (
    <thead>
      <tr>
        {cells.map((cell) => (
          <th key={cell} scope="col">
            {cell}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface FigureProps {
  /** Of its files, without the ending. */
  name: string;
  title: string;
  caption: ComponentChildren;
  table: () => Table;
  /** Whether it is an SVG; else it has only numbers to take away. */
  isDrawn?: boolean;
  children: ComponentChildren;
}
