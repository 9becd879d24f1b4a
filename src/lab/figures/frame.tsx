import type { ComponentChildren, RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import { csvOf } from "../../results/csv.ts";
import { download, svgOf } from "../download.ts";
import { useNarrow } from "../widths.ts";

interface PlotProps {
  /** The element whose width is measured, see `useWidth`. */
  box: RefObject<HTMLDivElement | null>;
  width: number;
  height: number;
  children: ComponentChildren;
}

/** The SVG of a figure. A screen reader skips it: the figure's table has the same numbers. */
export function Plot({ box, width, height, children }: PlotProps) {
  return (
    <div ref={box}>
      <svg class="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        {children}
      </svg>
    </div>
  );
}

export interface Table {
  header: string[];
  rows: (string | number | undefined)[][];
}

interface FigureProps {
  /** The name of its files, without the ending. */
  name: string;
  title: string;
  /** What it is a figure of, where there are more of the same title. */
  of?: string;
  caption: ComponentChildren;
  table: () => Table;
  /** Whether the figure is an SVG: then it can be downloaded as a file. */
  isSvg?: boolean;
  children: ComponentChildren;
}

/** A figure with its caption, which a narrow page folds, its numbers as a table, and buttons that download figure and numbers. */
export function Figure({ name, title, of, caption, table, isSvg = true, children }: FigureProps) {
  const figure = useRef<HTMLElement>(null);
  const [isOpen, setOpen] = useState(false);
  const isNarrow = useNarrow();
  const named = of ? `${title}, ${of}` : title;
  const saveSvg = () => {
    const svg = figure.current?.querySelector("svg");
    if (svg) download(`${name}.svg`, svgOf(svg, named), "image/svg+xml");
  };
  const saveCsv = () => {
    const { header, rows } = table();
    download(`${name}.csv`, csvOf(header, rows), "text/csv");
  };
  return (
    <figure ref={figure} aria-label={title}>
      <h3>{title}</h3>
      {children}
      {!isNarrow && <figcaption>{caption}</figcaption>}
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{isNarrow ? "What it shows, and numbers" : "Numbers"}</summary>
        {isNarrow && <p class="caption">{caption}</p>}
        <p class="buttons">
          <button type="button" onClick={saveCsv} aria-label={`${title}: CSV`}>
            CSV
          </button>
          {isSvg && (
            <button type="button" onClick={saveSvg} aria-label={`${title}: SVG`}>
              SVG
            </button>
          )}
        </p>
        {isOpen && <Numbers title={named} table={table} />}
      </details>
    </figure>
  );
}

const shown = (cell: string | number | undefined) => (typeof cell === "number" ? String(Number(cell.toPrecision(4))) : (cell ?? ""));

/** The table of a figure. It reads the signals that its numbers depend on, so that it changes with them. */
function Numbers({ title, table }: { title: string; table: () => Table }) {
  const { header, rows } = table();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label={`${title}, as a table`}>
      <table>
        <TableHead cells={header} />
        <tbody>
          {rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, i) => (
                <td key={header[i]}>{shown(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
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
