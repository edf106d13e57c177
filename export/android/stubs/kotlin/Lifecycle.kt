package androidx.lifecycle

import android.app.Application
import kotlinx.coroutines.CoroutineScope

abstract class Lifecycle {
    enum class State { DESTROYED, INITIALIZED, CREATED, STARTED, RESUMED }
}

interface LifecycleOwner {
    val lifecycle: Lifecycle
}

interface ViewModelStoreOwner

abstract class ViewModel {
    protected open fun onCleared() = Unit
}

open class AndroidViewModel(private val application: Application) : ViewModel() {
    @Suppress("UNCHECKED_CAST")
    open fun <T : Application> getApplication(): T = application as T
}

class ViewModelProvider(private val owner: ViewModelStoreOwner) {
    operator fun <T : ViewModel> get(type: Class<T>): T = throw UnsupportedOperationException("a stub of $owner and $type")
}

val ViewModel.viewModelScope: CoroutineScope get() = throw UnsupportedOperationException("a stub of $this")

val LifecycleOwner.lifecycleScope: CoroutineScope get() = throw UnsupportedOperationException("a stub of $this")

suspend fun LifecycleOwner.repeatOnLifecycle(state: Lifecycle.State, block: suspend CoroutineScope.() -> Unit): Unit =
    throw UnsupportedOperationException("a stub of $this, $state and $block")
