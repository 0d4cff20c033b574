import { HttpClient } from '@angular/common/http';
import { Component, inject, signal } from '@angular/core';
import { AuthService } from 'holdfast/angular';
import { api } from '../settings';

@Component({
  selector: 'app-home',
  template: `
    <button data-testid="call" [disabled]="!auth.isAuthenticated()" (click)="call()">Call the API</button>
    <pre data-testid="answer">{{ answer() }}</pre>
  `,
})
export class Home {
  protected readonly auth = inject(AuthService);
  protected readonly answer = signal('');
  readonly #http = inject(HttpClient);

  protected call(): void {
    this.#http.get(`${api}/me`).subscribe({
      next: (me) => this.answer.set(JSON.stringify(me, null, 2)),
      error: ({ message }) => this.answer.set(message),
    });
  }
}
