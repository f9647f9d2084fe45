using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker.Net;

namespace Ottla.Broker.Tests.Net;

internal static class Memory
{
    public static RequestMemory Of(long bytesMax, TimeProvider? time = null) => new(bytesMax, time ?? TimeProvider.System, NullLogger.Instance);

    /// <summary>Whether a large request may begin now.</summary>
    public static Task Enter(this RequestMemory memory) => memory.Begin(new Upload()).AsTask();
}

/// <summary>An upload that the test moves on.</summary>
internal sealed class Upload(long expected = 1_000_000) : IUpload
{
    public string From => "10.0.0.1";

    public long Expected => expected;

    public long Received { get; set; }

    public bool IsGivenUp { get; private set; }

    public void GiveUp() => IsGivenUp = true;
}
