package dev.unroll

/** What reading, running or decoding gave: a value, or a sentence for the person that says what was wrong. */
sealed interface Outcome<out T> {
    data class Success<T>(val value: T) : Outcome<T>

    /** [message] says what was expected, what was found and what to do; [cause] is for the log. */
    data class Failure(val message: String, val cause: Throwable? = null) : Outcome<Nothing>
}

/** An input, a file or an output that cannot be read; [message] is one line. [outcomeOf] turns it into a result. */
class ReadingException(message: String, cause: Throwable? = null) : Exception(message, cause)

/** Runs [read] and gives its value, or the failure that it told. Programming errors and cancellation go through. */
inline fun <T> outcomeOf(read: () -> T): Outcome<T> =
    try {
        Outcome.Success(read())
    } catch (error: ReadingException) {
        Outcome.Failure(error.message.orEmpty(), error)
    }

/** The value, or null where there is none. */
fun <T> Outcome<T>.valueOrNull(): T? = (this as? Outcome.Success)?.value

internal fun refuse(message: String, cause: Throwable? = null): Nothing = throw ReadingException(message, cause)
