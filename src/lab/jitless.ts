import * as z from "zod";

// Imported first, before any schema of an object is made: zod would try whether it may compile code, and the page's
// Content-Security-Policy would report the attempt.
z.config({ jitless: true });
