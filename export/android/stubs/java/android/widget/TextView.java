package android.widget;

public class TextView extends android.view.View {
    public TextView(android.content.Context context) {
        super(context);
    }

    public CharSequence getText() {
        throw new UnsupportedOperationException("a stub");
    }

    public final void setText(CharSequence text) {}

    public final void setText(int id) {}

    public void addTextChangedListener(android.text.TextWatcher watcher) {}
}
