using Dispatch.QualityReport;

return await ReportCommand.RunAsync(args);
