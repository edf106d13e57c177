package android.view;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

public final class WindowInsets {
    @NotNull
    public android.graphics.Insets getInsets(int typeMask) {
        throw new UnsupportedOperationException("a stub");
    }

    @Deprecated
    public int getSystemWindowInsetLeft() {
        return 0;
    }

    @Deprecated
    public int getSystemWindowInsetTop() {
        return 0;
    }

    @Deprecated
    public int getSystemWindowInsetRight() {
        return 0;
    }

    @Deprecated
    public int getSystemWindowInsetBottom() {
        return 0;
    }

    public static final class Type {
        public static int systemBars() {
            return 7;
        }

        public static int ime() {
            return 8;
        }

        public static int displayCutout() {
            return 128;
        }
    }
}
