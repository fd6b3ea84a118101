/** What no record shows, since nothing of it was run: lines of `docs/benchmarks.md`. */
export const NOT_SHOWN: readonly string[] = [
  '## Not shown',
  '',
  'No NVIDIA card was at hand where records are made. `npm run -s gpu-dry-run` shows what can be shown without one: the CUDA provider',
  'loads, every graph of an fp16 bundle lies wholly on the card, no state crosses the bus, launches are counted, and a server on two cards',
  'starts, answers and ends. Its cards compute nothing; `.github/workflows/nightly.yml` runs it every night. So these wait for a card:',
  '',
  '- any number that a CUDA kernel computes: fp16 and fp32 against the reference, device- against host-resident state, one row against many;',
  '- any time on a card: a decode step by rows, an Euler step by streams and past, a vocoder hop, a start, listeners that one card carries;',
  "- whether the provider's norms of sums in half precision add up in single precision, and what fewer kernels save;",
  '- CUDA graphs (nothing is captured yet), convolution plans of cuDNN by length;',
  '- what the profiles of `config/l4.json` and the others estimate: times of runs, listeners, and what runs that several streams share gain',
  '  (kernels and bytes of shared runs are counted);',
  '- what a poisoned context, a full card or a card that leaves the bus does to a server; the crash of a process that ends with the provider',
  '  loaded and no session, which the stand-in does not have;',
  '- whether two lanes on one card wait for each other, and several cards in one process.',
  '',
]
