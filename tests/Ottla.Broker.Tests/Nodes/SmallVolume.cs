using System.Diagnostics;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>A file system of a few MiB in memory, mounted for one test: what is full there is really full.</summary>
/// <remarks>Mounting needs root on Linux; where it can't be had the test is skipped and says why.</remarks>
internal sealed class SmallVolume : IDisposable
{
    private SmallVolume(string path) => Path = path;

    public string Path { get; }

    public static SmallVolume Mount(int mebibytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "mounting a small volume needs root on Linux");
        var path = Directory.CreateTempSubdirectory("ottla-small-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "ottla-test", path) is { Length: > 0 } refused)
        {
            Directory.Delete(path);
            Assert.Skip($"a small volume can't be mounted here: {refused}");
        }

        return new SmallVolume(path);
    }

    public void Grow(int mebibytes) => Assert.Equal("", Run("mount", "-o", $"remount,size={mebibytes}m", Path));

    public void Dispose()
    {
        Assert.Equal("", Run("umount", Path));
        Directory.Delete(Path);
    }

    /// <returns>What was wrong; empty where nothing was.</returns>
    private static string Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : $"{program} ended with {process.ExitCode}: {said.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return missing.Message;
        }
    }
}
