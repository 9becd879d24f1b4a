import { render } from "preact";
import { App } from "./app.tsx";
import { begin } from "./location.ts";

begin();
render(<App />, document.getElementById("app") as HTMLElement);
