import type { HttpRequest } from '@angular/common/http';

export interface Case {
  name: string;
  /** What the server answers. */
  answer?: object;
  /** Another URL than that of the answer. */
  url?: string;
  /** `url` answers as `answer` says. */
  request(url: string, http: typeof import('@angular/common/http')): HttpRequest<unknown>;
  /** Unsubscribes when the request has arrived, or at the event of this type. */
  until?: number;
}
export const cases: Case[];
