import "./jitless.ts";
import { render } from "preact";
import { App } from "./app.tsx";
import { begin } from "./session.ts";

begin();
render(<App />, document.getElementById("app") as HTMLElement);
