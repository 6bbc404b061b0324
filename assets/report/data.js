/** What is drawn: `ReportData` of src/app/report/report-data.ts. */
export const data = JSON.parse(document.getElementById('data').textContent);
