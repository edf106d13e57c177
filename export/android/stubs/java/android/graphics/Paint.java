package android.graphics;

public class Paint {
    public static final int ANTI_ALIAS_FLAG = 1;

    public enum Style {
        FILL,
        STROKE,
        FILL_AND_STROKE
    }

    public enum Cap {
        BUTT,
        ROUND,
        SQUARE
    }

    public Paint() {}

    public Paint(int flags) {}

    public int getColor() {
        return 0;
    }

    public void setColor(int color) {}

    public int getAlpha() {
        return 0;
    }

    public void setAlpha(int alpha) {}

    public Style getStyle() {
        return Style.FILL;
    }

    public void setStyle(Style style) {}

    public Cap getStrokeCap() {
        return Cap.BUTT;
    }

    public void setStrokeCap(Cap cap) {}

    public float getStrokeWidth() {
        return 0;
    }

    public void setStrokeWidth(float width) {}
}
