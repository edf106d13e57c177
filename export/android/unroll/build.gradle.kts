plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
}

android {
    namespace = "dev.unroll"
    compileSdk = 36
    defaultConfig { minSdk = 23 }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

kotlin {
    compilerOptions {
        jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_17
        allWarningsAsErrors = true
    }
}

dependencies {
    api(libs.coroutines.core)
    implementation(libs.litert)
    testImplementation(libs.kotlin.test.junit)
    testImplementation(libs.junit)
}

// The JVM tests replay the bundles that were dropped into the sample.
tasks.withType<Test>().configureEach {
    val sample = rootProject.layout.projectDirectory.dir("sample/src")
    systemProperty("unroll.assets", sample.dir("main/assets/unroll").asFile.path)
    systemProperty("unroll.vectors", sample.dir("test/vectors").asFile.path)
}
