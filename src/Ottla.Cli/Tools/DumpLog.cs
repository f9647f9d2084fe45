using Ottla.Cli.Dumping;
using Ottla.Cli.Options;

namespace Ottla.Cli.Tools;

/// <summary>`ottla dump-log`: prints what is in segments, their indexes, producer snapshots and snapshots of the metadata log. Reads files;
/// needs no node.</summary>
internal sealed class DumpLog : OptionTool
{
    private readonly Option _files;
    private readonly Option _printData;
    private readonly Option _deep;
    private readonly Option _verifyIndexOnly;
    private readonly Option _sanityCheck;
    private readonly Option _maxMessageSize;
    private readonly Option _maxBytes;
    private readonly Option _keyDecoder;
    private readonly Option _valueDecoder;
    private readonly Option _offsets;
    private readonly Option _transactions;
    private readonly Option _metadata;
    private readonly Option _shareState;
    private readonly Option _skipMetadata;

    public DumpLog()
    {
        _printData = Parser.Flag("print-data-log", "Print keys and values of records. Follows by itself from naming a decoder.");
        _verifyIndexOnly = Parser.Flag("verify-index-only", "Check indexes and print nothing of them.");
        _sanityCheck = Parser.Flag("index-sanity-check", "Make the check that a broker makes of an index after a crash.");
        _files = Parser.Value("files", "String: file1, file2, ...", "The files to print, with commas between them.", required: true);
        _maxMessageSize = Parser.Value("max-message-size", "Integer: size", "Size of the largest batch.", "5242880");
        _maxBytes = Parser.Value("max-bytes", "Integer: size", "How many bytes of a log to read.", "2147483647");
        _deep = Parser.Flag("deep-iteration", "Print a line for each record. Follows by itself from --print-data-log.");
        _valueDecoder =
            Parser.OptionalValue("value-decoder-class", "String", "What makes text of values.", "org.apache.kafka.tools.api.StringDecoder");
        _keyDecoder =
            Parser.OptionalValue("key-decoder-class", "String", "What makes text of keys.", "org.apache.kafka.tools.api.StringDecoder");
        _offsets = Parser.Flag("offsets-decoder", "The log is one of __consumer_offsets.");
        _transactions = Parser.Flag("transaction-log-decoder", "The log is one of __transaction_state.");
        _metadata = Parser.Flag("cluster-metadata-decoder", "The log is that of the cluster's metadata.");
        _shareState = Parser.Flag("share-group-state-decoder", "The log is one of __share_group_state.");
        _skipMetadata = Parser.Flag("skip-record-metadata", "With the data of records: leave out everything but keys and values.");
    }

    protected override string Purpose =>
        "This tool helps to parse a log file and dump its contents to the console, useful for debugging a seemingly corrupt log segment.";

    protected override Task<int> Run(ParsedOptions options, CliContext context)
    {
        options.Require(_files);
        _ = options.Int(_maxMessageSize);
        var maxBytes = options.Int(_maxBytes)!.Value;
        var decoderGiven = options.Has(_offsets) || options.Has(_transactions) || options.Has(_metadata) || options.Has(_shareState)
            || options.Has(_valueDecoder) || options.Has(_keyDecoder);
        var data = options.Has(_printData) || decoderGiven;
        var indexes = new FileDumps(context, options.Has(_sanityCheck), options.Has(_verifyIndexOnly));
        foreach (var path in options.Text(_files)!.Split(','))
        {
            context.Out.WriteLine($"Dumping {path}");
            switch (Path.GetExtension(path))
            {
                case ".log" or ".checkpoint":
                    new LogDump(context, new DumpSettings(options.Has(_deep)
                        || data, data, options.Has(_skipMetadata), maxBytes, Decoder(options))).Print(path);
                    break;
                case ".index":
                    indexes.PrintOffsetIndex(path);
                    break;
                case ".timeindex":
                    indexes.PrintTimeIndex(path);
                    break;
                case ".txnindex":
                    indexes.PrintTransactionIndex(path);
                    break;
                case ".snapshot":
                    indexes.PrintProducerSnapshot(path);
                    break;
                default:
                    context.Error.WriteLine($"Ignoring unknown file {path}");
                    break;
            }
        }

        return Task.FromResult(0);
    }

    private IRecordDecoder Decoder(ParsedOptions options)
    {
        if (options.Has(_offsets)) return new CoordinatorDecoder(CoordinatorLog.Groups);
        if (options.Has(_transactions)) return new CoordinatorDecoder(CoordinatorLog.Transactions);
        if (options.Has(_metadata)) return new MetadataDecoder();
        if (options.Has(_shareState)) return new CoordinatorDecoder(CoordinatorLog.ShareGroupState);
        return new PlainDecoder(Decoders.Named(options.Text(_keyDecoder)!), Decoders.Named(options.Text(_valueDecoder)!));
    }
}
