export const issuer = 'http://127.0.0.1:4000';
export const clientId = 'holdfast-demo';
export const api = 'http://127.0.0.1:4001';
