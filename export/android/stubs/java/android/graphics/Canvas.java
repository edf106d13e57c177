package android.graphics;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

public class Canvas {
    public void drawPath(@NotNull Path path, @NotNull Paint paint) {}

    public void drawRect(float left, float top, float right, float bottom, @NotNull Paint paint) {}
}
