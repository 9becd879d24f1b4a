import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { csvOf } from "../../sweep/csv.ts";
import { download, svgOf } from "../download.ts";

/** The width of an element in CSS pixels, so that figures are drawn in the page's own measure, and text stays legible. */
export function useWidth<E extends HTMLElement>(initial: number): [{ current: E | null }, number] {
  const box = useRef<E>(null);
  const [width, setWidth] = useState(initial);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(200, Math.round(entry.contentRect.width))));
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

export interface Table {
  header: string[];
  rows: (string | number | undefined)[][];
}

const shown = (cell: string | number | undefined) => (typeof cell === "number" ? String(Number(cell.toPrecision(4))) : (cell ?? ""));

/** A picture with the sentence that says what it shows, its numbers as a table, and both to take away. */
export function Figure({ name, title, caption, table, children }: FigureProps) {
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
          <button type="button" onClick={saveSvg} aria-label={`${title}: SVG`}>
            SVG
          </button>
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
  children: ComponentChildren;
}
