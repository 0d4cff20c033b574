import { Component, inject } from '@angular/core';
import { RouterLink, RouterOutlet } from '@angular/router';
import { AuthService } from 'holdfast/angular';

@Component({
  selector: 'app-root',
  imports: [RouterLink, RouterOutlet],
  template: `
    <h1>An Angular app</h1>
    <nav><a routerLink="/">Home</a> <a routerLink="/profile" data-testid="to-profile">Profile</a></nav>
    <p>
      @if (auth.isLoading()) {
        <span data-testid="status">loading</span>
      } @else if (auth.isAuthenticated()) {
        <span data-testid="status">signed in</span> as
        <span data-testid="user">{{ auth.user()?.name }}</span>
        <button data-testid="sign-out" (click)="auth.logout()">Sign out</button>
      } @else {
        <span data-testid="status">signed out</span>
        <button data-testid="sign-in" (click)="auth.login()">Sign in</button>
      }
    </p>
    @if (auth.error(); as error) {
      <p data-testid="error">{{ error.code }}</p>
    }
    <router-outlet />
  `,
})
export class App {
  protected readonly auth = inject(AuthService);
}
