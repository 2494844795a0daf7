/** Lets the browser write to disk what an address answers, as it streams in. */
export function download(url: string) {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  // Grafana takes clicks on links without a target for its own navigation.
  link.target = '_self';
  document.body.appendChild(link);
  link.click();
  link.remove();
}
