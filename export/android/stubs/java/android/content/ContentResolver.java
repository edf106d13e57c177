package android.content;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

public abstract class ContentResolver {
    @Nullable
    public final java.io.InputStream openInputStream(@NotNull android.net.Uri uri) throws java.io.FileNotFoundException {
        throw new UnsupportedOperationException("a stub");
    }
}
