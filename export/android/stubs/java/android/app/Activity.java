package android.app;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

public class Activity extends android.content.ContextWrapper {
    protected void onCreate(@Nullable android.os.Bundle savedInstanceState) {}

    public void setContentView(int layout) {}

    public <T extends android.view.View> T findViewById(int id) {
        throw new UnsupportedOperationException("a stub");
    }
}
