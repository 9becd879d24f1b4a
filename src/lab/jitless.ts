import * as z from "zod";

// Imported first, before a schema of an object is made: zod would try whether it may compile code, and the browser would report
// that the Content-Security-Policy of the page forbids it.
z.config({ jitless: true });
