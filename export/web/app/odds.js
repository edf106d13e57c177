// The log odds of a class: what a change to the input does to them is what the answer rests on.

const TINY = 1e-30;

/** ln p - ln of the sum of the others, which keeps its digits where p rounds to 1. @param {ArrayLike<number>} probabilities @param {number} label */
export function logOdds(probabilities, label) {
  const others = Array.from(probabilities).reduce((sum, share, i) => (i === label ? sum : sum + share), 0);
  return Math.log(Math.max(probabilities[label], TINY)) - Math.log(Math.max(others, TINY));
}
