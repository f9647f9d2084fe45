using System.Collections;
using Ottla.Broker.Net;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Net;

public sealed class ErrorAnswersTests
{
    private delegate IMessage Reader(ref MessageReader reader, short version);

    /// <summary>An API that is served has to be able to say that it failed: a new one without that fails here.</summary>
    [Fact]
    public async Task Every_api_at_every_version_can_say_that_it_failed()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var served = (await client.Ask<ApiVersionsResponse>(new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1" }, 4)).ApiKeys;
        Assert.True(served.Count > 30);
        foreach (var api in served)
        {
            var key = (ApiKey)api.ApiKey;
            for (var version = key == ApiKey.Produce ? (short)3 : api.MinVersion; version <= api.MaxVersion; version++) CanSayThatItFailed(key, version);
        }
    }

    [Fact]
    public void A_produce_that_wants_no_answer_gets_none()
    {
        Assert.Null(ErrorAnswers.Of(new ProduceRequest { Acks = 0 }, 9, ErrorCode.UnknownServerError));
        Assert.NotNull(ErrorAnswers.Of(new ProduceRequest { Acks = 1 }, 9, ErrorCode.UnknownServerError));
    }

    private static void CanSayThatItFailed(ApiKey key, short version)
    {
        var request = (IMessage)Filled(typeof(ProduceRequest).Assembly.GetType($"Ottla.Protocol.Messages.{key}Request", throwOnError: true)!);
        var responseType = typeof(ProduceRequest).Assembly.GetType($"Ottla.Protocol.Messages.{key}Response", throwOnError: true)!;
        var answer = ErrorAnswers.Of(request, version, ErrorCode.UnknownServerError);
        if (answer is null)
        {
            var whole = Assert.IsAssignableFrom<IErrorResponse>(Activator.CreateInstance(responseType));
            Assert.True(whole.ErrorVersions.Contains(version), $"{key} v{version} has no form for an error");
            whole.ErrorCode = ErrorCode.UnknownServerError;
            answer = whole;
        }

        Assert.IsType(responseType, answer);
        using var writer = new MessageWriter();
        answer.Write(writer, version);
        var reader = new MessageReader(writer.WrittenMemory);
        var read = responseType.GetMethod("Read")!.CreateDelegate<Reader>()(ref reader, version);
        Assert.True(Says(read), $"{key} v{version} does not say that it failed");
    }

    /// <summary>An object with one element in each list.</summary>
    private static object Filled(Type type)
    {
        var filled = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties().Where(p => p.CanWrite && p.GetMethod is { IsStatic: false }))
        {
            if (property.PropertyType == typeof(string)) property.SetValue(filled, "x");
            if (property.PropertyType == typeof(short) && property.Name == nameof(ProduceRequest.Acks)) property.SetValue(filled, (short)1);
            if (!property.PropertyType.IsAssignableTo(typeof(IList)) || property.Name == "UnknownTags") continue;
            var list = (IList)Activator.CreateInstance(property.PropertyType)!;
            var element = property.PropertyType.GetGenericArguments()[0];
            list.Add(element == typeof(string) ? "x" : Filled(element));
            property.SetValue(filled, list);
        }

        return filled;
    }

    private static bool Says(object? value) => value switch
    {
        null or string => false,
        ErrorCode error => error == ErrorCode.UnknownServerError,
        IEnumerable list => list.Cast<object>().Any(Says),
        _ when value.GetType().Namespace == "Ottla.Protocol.Messages" =>
            value.GetType().GetProperties().Where(p => p.GetMethod is { IsStatic: false }).Any(p => Says(p.GetValue(value))),
        _ => false,
    };
}
