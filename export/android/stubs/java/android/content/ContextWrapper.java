package android.content;

public class ContextWrapper extends Context {
    @Override
    public android.content.res.AssetManager getAssets() {
        throw new UnsupportedOperationException("a stub");
    }

    @Override
    public android.content.res.Resources getResources() {
        throw new UnsupportedOperationException("a stub");
    }

    @Override
    public ContentResolver getContentResolver() {
        throw new UnsupportedOperationException("a stub");
    }

    @Override
    public void startActivity(Intent intent) {
        throw new UnsupportedOperationException("a stub");
    }
}
