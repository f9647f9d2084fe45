using Ottla.Runtime.Files;
using Ottla.Runtime.Logging;

namespace Ottla.Runtime.Platform;

/// <summary>Lines to standard output.</summary>
public sealed class StandardOutput : ILogOutput
{
    private readonly Stream _stream = Console.OpenStandardOutput();

    public void Write(ReadOnlySpan<byte> lines)
    {
        try
        {
            _stream.Write(lines);
            _stream.Flush();
        }
        catch (IOException)
        {
            // whoever read our output is gone (a closed pipe): the broker works on without a log
        }
    }
}

/// <summary>
/// Lines to `ottla.log` in a folder (`ottla.log.dir`); at 16 MiB it becomes `ottla.log.1` and so on, and the oldest goes.
/// </summary>
public sealed class RollingFile : ILogOutput
{
    private const long FileBytesMax = 16 << 20;

    /// <summary>With the one being written 96 MiB at most: a few weeks of a busy node.</summary>
    private const int OldFilesMax = 5;

    private readonly IFileSystem _files;
    private readonly string _path;
    private IStorageFile? _file;
    private long _length;

    public RollingFile(IFileSystem files, string folder)
    {
        _files = files;
        files.CreateDirectory(folder);
        _path = Path.Combine(folder, "ottla.log");
        _file = files.Open(_path, OpenFor.WritingOrCreating);
        _length = _file.Length;
    }

    public void Write(ReadOnlySpan<byte> lines)
    {
        try
        {
            if (_length >= FileBytesMax) Roll();
            _file ??= _files.Open(_path, OpenFor.WritingOrCreating);
            _file.Write(_length, lines);
            _length += lines.Length;
        }
        catch (IOException)
        {
            // a log that can't be written must not stop the broker; standard output still has the line
        }
    }

    private void Roll()
    {
        _file?.Dispose();
        _file = null;
        for (var number = OldFilesMax - 1; number >= 1; number--)
        {
            if (_files.FileExists($"{_path}.{number}")) _files.Rename($"{_path}.{number}", $"{_path}.{number + 1}");
        }

        _files.Rename(_path, $"{_path}.1");
        _length = 0;
    }
}
