namespace Ottla.Runtime.Platform;

/// <summary>The end of this process.</summary>
public static class ProcessEnd
{
    public static void Now(int status) => Environment.Exit(status);
}
