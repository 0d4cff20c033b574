import { useLoaderData } from 'react-router';

export function Report() {
  const { subject } = useLoaderData() as { subject: string };
  return <p data-testid="report">A report for {subject}</p>;
}
