package dev.unroll.decoding

import dev.unroll.Tensor

/**
 * The best path of a conditional random field on the device's processor, for a model that gives scores of tags instead
 * of the path (the exported ones find it in the graph).
 *
 * @param scores (steps, tags)
 * @param moves `moves[i * tags + j]`: the score of tag j after tag i; minus infinity where it may not follow
 * @param start the score of each tag at the beginning
 * @param end the score of each tag at the end
 * @return (steps) the tags of the path with the highest sum; of equal ones the lower tag
 */
fun viterbi(scores: Tensor.Floats, moves: FloatArray, start: FloatArray, end: FloatArray): IntArray {
    val tags = scores.width
    val steps = scores.rows
    require(moves.size == tags * tags && start.size == tags && end.size == tags) { "expected scores for $tags tags" }
    if (steps == 0) return IntArray(0)
    val back = IntArray(steps * tags)
    var best = DoubleArray(tags) { scores[0, it].toDouble() + start[it] }
    var next = DoubleArray(tags)
    for (step in 1 until steps) {
        for (tag in 0 until tags) {
            var from = 0
            var highest = Double.NEGATIVE_INFINITY
            for (before in 0 until tags) {
                val sum = best[before] + moves[before * tags + tag]
                if (sum > highest) {
                    highest = sum
                    from = before
                }
            }
            back[step * tags + tag] = from
            next[tag] = highest + scores[step, tag]
        }
        best = next.also { next = best }
    }
    val path = IntArray(steps)
    for (tag in 1 until tags) if (best[tag] + end[tag] > best[path[steps - 1]] + end[path[steps - 1]]) path[steps - 1] = tag
    for (step in steps - 1 downTo 1) path[step - 1] = back[step * tags + path[step]]
    return path
}
