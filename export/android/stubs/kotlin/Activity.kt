package androidx.activity

import android.app.Activity
import androidx.activity.result.ActivityResultLauncher
import androidx.activity.result.contract.ActivityResultContract
import androidx.lifecycle.Lifecycle
import androidx.lifecycle.LifecycleOwner
import androidx.lifecycle.ViewModelStoreOwner

open class ComponentActivity : Activity(), LifecycleOwner, ViewModelStoreOwner {
    override val lifecycle: Lifecycle get() = throw UnsupportedOperationException("a stub")

    fun <I, O> registerForActivityResult(
        contract: ActivityResultContract<I, O>,
        callback: (O) -> Unit,
    ): ActivityResultLauncher<I> = throw UnsupportedOperationException("a stub of $contract and $callback")
}
