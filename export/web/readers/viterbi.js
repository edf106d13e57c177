// The best path of a conditional random field outside the graph (common/decoding/viterbi.py): for a model that gives
// scores instead of tags; the exported ones find the path in the graph.

/**
 * @param {ArrayLike<number>[]} emissions a row of tag scores for each step
 * @param {ArrayLike<number>[]} moves `moves[i][j]`: the score of tag j after tag i; -Infinity where it may not follow
 * @param {ArrayLike<number>} start of each tag in the first step
 * @param {ArrayLike<number>} end of each tag in the last step
 * @returns {Int32Array} the tags of the path with the highest sum; of equal ones the lower tag before
 */
export function viterbi(emissions, moves, start, end) {
  const [steps, tags] = [emissions.length, start.length];
  const path = new Int32Array(steps);
  if (steps === 0) return path;
  const back = Array.from({ length: steps }, () => new Int32Array(tags));
  let best = Float64Array.from(start, (score, tag) => score + emissions[0][tag]);
  for (let step = 1; step < steps; step += 1) {
    const next = new Float64Array(tags);
    for (let tag = 0; tag < tags; tag += 1) {
      let [from, highest] = [0, -Infinity];
      for (let before = 0; before < tags; before += 1) {
        const sum = best[before] + moves[before][tag];
        if (sum > highest) [from, highest] = [before, sum];
      }
      back[step][tag] = from;
      next[tag] = highest + emissions[step][tag];
    }
    best = next;
  }
  const last = Array.from(best, (score, tag) => score + end[tag]);
  path[steps - 1] = last.indexOf(Math.max(...last));
  for (let step = steps - 1; step > 0; step -= 1) path[step - 1] = back[step][path[step]];
  return path;
}
