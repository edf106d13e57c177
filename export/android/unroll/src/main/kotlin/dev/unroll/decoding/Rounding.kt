package dev.unroll.decoding

import java.math.BigDecimal
import java.math.MathContext
import java.math.RoundingMode

/** Rounded to so many decimals as Python's `round` does: the exact binary value, half to even. */
internal fun rounded(value: Double, decimals: Int): Double =
    BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN).toDouble()

/** Rounded to so many significant digits. */
internal fun significant(value: Double, digits: Int): Double =
    BigDecimal(value).round(MathContext(digits, RoundingMode.HALF_EVEN)).toDouble()
