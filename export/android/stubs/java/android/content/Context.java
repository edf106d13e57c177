package android.content;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

public abstract class Context {
    public abstract android.content.res.AssetManager getAssets();

    public abstract android.content.res.Resources getResources();

    public abstract ContentResolver getContentResolver();

    public final int getColor(int id) {
        throw new UnsupportedOperationException("a stub");
    }

    @NotNull
    public final String getString(int id) {
        throw new UnsupportedOperationException("a stub");
    }

    @NotNull
    public final String getString(int id, Object... arguments) {
        throw new UnsupportedOperationException("a stub");
    }

    public abstract void startActivity(Intent intent);
}
