/** Imported before any schema is made: zod would try `new Function`, which a page's policy blocks and reports. */
import * as z from 'zod';

z.config({ jitless: true });
