using System.Globalization;
using System.Text;

namespace Dispatch.LoadTests.Reports;

/// <summary>A line of a plot.</summary>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Line plots as inline SVG.</summary>
internal static class SvgPlot
{
    private const double Width = 960, Height = 260, Left = 64, Right = 150, Top = 12, Bottom = 32;
    private const double LowestLog = 0.01;
    private static readonly int[] Steps = [1, 2, 5, 10];
    private static readonly string[] Colours = ["#0969da", "#cf222e", "#1a7f37", "#8250df", "#bf8700", "#0a7ea4", "#953800", "#57606a"];

    public static string Make(string across, IReadOnlyList<Series> series, bool logarithmic)
    {
        var points = series.SelectMany(line => line.Points).ToArray();
        var svg = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\">"));
        if (points.Length == 0) return svg.Append("<text x=\"20\" y=\"30\" class=\"axis\">nothing was recorded</text></svg>").ToString();
        double Scale(double value) => logarithmic ? Math.Log10(Math.Max(LowestLog, value)) : value;
        var (x0, x1) = (points.Min(point => point.X), points.Max(point => point.X));
        var (y0, y1) = (logarithmic ? Math.Floor(points.Min(point => Scale(point.Y))) : 0, points.Max(point => Scale(point.Y)));
        if (logarithmic) y1 = Math.Ceiling(y1);
        if (x1 <= x0) x1 = x0 + 1;
        if (y1 <= y0) y1 = y0 + 1;
        double X(double value) => Left + ((value - x0) / (x1 - x0) * (Width - Left - Right));
        double Y(double value) => Height - Bottom - ((Scale(value) - y0) / (y1 - y0) * (Height - Top - Bottom));
        foreach (var tick in logarithmic ? Powers(y0, y1) : Ticks(y0, y1))
        {
            svg.Append(string.Create(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):0.0}\" y2=\"{Y(tick):0.0}\"/><text class=\"axis\" x=\"{Left - 6}\" y=\"{Y(tick) + 4:0.0}\" text-anchor=\"end\">{tick:0.###}</text>"));
        }

        foreach (var tick in Ticks(x0, x1)) svg.Append(string.Create(CultureInfo.InvariantCulture, $"<text class=\"axis\" x=\"{X(tick):0.0}\" y=\"{Height - 12}\" text-anchor=\"middle\">{tick:0.###}</text>"));
        svg.Append(string.Create(CultureInfo.InvariantCulture, $"<text class=\"axis\" x=\"{Width - Right + 8}\" y=\"{Height - 12}\">{across}</text>"));
        for (var i = 0; i < series.Count; i++)
        {
            var colour = Colours[i % Colours.Length];
            var path = string.Join(' ', series[i].Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):0.0},{Y(point.Y):0.0}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" points=\"{path}\"/>");
            svg.Append(string.Create(CultureInfo.InvariantCulture, $"<text x=\"{Width - Right + 8}\" y=\"{Top + 12 + (i * 17)}\" fill=\"{colour}\" font-size=\"12\">{HtmlReport.Text(series[i].Name)}</text>"));
        }

        return svg.Append("</svg>").ToString();
    }

    private static IEnumerable<double> Powers(double from, double to)
    {
        for (var power = from; power <= to; power++) yield return Math.Pow(10, power);
    }

    private static IEnumerable<double> Ticks(double from, double to)
    {
        const int Wanted = 6;
        var rough = (to - from) / Wanted;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = Steps.First(multiple => multiple * power >= rough) * power;
        for (var tick = Math.Ceiling(from / step) * step; tick <= to + (step / 1000); tick += step) yield return tick;
    }
}
