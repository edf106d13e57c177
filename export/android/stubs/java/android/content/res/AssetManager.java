package android.content.res;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

public final class AssetManager {
    private AssetManager() {}

    @NotNull
    public java.io.InputStream open(@NotNull String name) throws java.io.IOException {
        throw new UnsupportedOperationException("a stub");
    }

    @Nullable
    public String[] list(@NotNull String path) throws java.io.IOException {
        throw new UnsupportedOperationException("a stub");
    }
}
