import * as z from "zod";

// Before any schema is made: else zod tries whether it may generate code, which the page's Content-Security-Policy reports.
z.config({ jitless: true });
