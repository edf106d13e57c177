package android.widget;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

public class ArrayAdapter<T> implements SpinnerAdapter {
    public ArrayAdapter(@NotNull android.content.Context context, int layout, @NotNull java.util.List<T> items) {}
}
