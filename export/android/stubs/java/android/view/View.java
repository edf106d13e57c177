package android.view;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

public class View {
    public interface OnClickListener {
        void onClick(View view);
    }

    public interface OnApplyWindowInsetsListener {
        @NotNull
        WindowInsets onApplyWindowInsets(@NotNull View view, @NotNull WindowInsets insets);
    }

    public View(android.content.Context context) {}

    public View(android.content.Context context, @Nullable android.util.AttributeSet attributes) {}

    public void setOnClickListener(@Nullable OnClickListener listener) {}

    public void setOnApplyWindowInsetsListener(OnApplyWindowInsetsListener listener) {}

    public void setPadding(int left, int top, int right, int bottom) {}

    public android.content.res.Resources getResources() {
        throw new UnsupportedOperationException("a stub");
    }

    public final int getWidth() {
        return 0;
    }

    public final int getHeight() {
        return 0;
    }

    public final ViewParent getParent() {
        throw new UnsupportedOperationException("a stub");
    }

    public CharSequence getContentDescription() {
        return null;
    }

    public void setContentDescription(CharSequence description) {}

    public void invalidate() {}

    public boolean performClick() {
        return false;
    }

    public boolean onTouchEvent(MotionEvent event) {
        return false;
    }

    protected void onDraw(@NotNull android.graphics.Canvas canvas) {}
}
