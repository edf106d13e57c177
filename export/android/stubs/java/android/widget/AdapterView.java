package android.widget;

import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

public abstract class AdapterView<T extends Adapter> extends android.view.View {
    public interface OnItemSelectedListener {
        void onItemSelected(AdapterView<?> parent, android.view.View view, int position, long id);

        void onNothingSelected(AdapterView<?> parent);
    }

    protected AdapterView(android.content.Context context) {
        super(context);
    }

    @Nullable
    public final OnItemSelectedListener getOnItemSelectedListener() {
        return null;
    }

    public void setOnItemSelectedListener(@Nullable OnItemSelectedListener listener) {}
}
